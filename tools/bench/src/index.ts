export type { Cells } from './report/cells.js';
export { MeasuredDocument, sectionOf, whereMeasured } from './report/document.js';
export { textOf } from './report/tables.js';
export { BenchSystem, type DelayLine } from './system/bench-system.js';
export { type MachineFacts, machineFacts, type Versions, versionsOf } from './system/machine-facts.js';
export { envOf, settingsOf } from './system/store-settings.js';
