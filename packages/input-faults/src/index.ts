export { didYouMean } from './did-you-mean.js';
export { firstFault } from './first-fault.js';
export { inPlainWords } from './in-plain-words.js';
