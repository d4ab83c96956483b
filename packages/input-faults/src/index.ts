export { didYouMean } from './did-you-mean.js';
export { firstFault, type InputFault } from './first-fault.js';
export { inPlainWords } from './in-plain-words.js';
