export { MeasuredDocument, sectionOf, whereMeasured } from './report/document.js';
export { svgOf } from './report/svg.js';
export { BenchSystem, type DelayLine } from './system/bench-system.js';
export { type MachineFacts, machineFacts, type Versions, versionsOf } from './system/machine-facts.js';
export { envOf, settingsOf } from './system/store-settings.js';
