export { openMeasuredDocument, sectionOf, whereMeasured } from './report/document.js';
export { svgOf } from './report/svg.js';
export { type BenchSystem, type DelayLine, withBenchSystem } from './system/bench-system.js';
export { type MachineFacts, machineFacts } from './system/machine-facts.js';
export { envOf, settingsOf } from './system/store-settings.js';
