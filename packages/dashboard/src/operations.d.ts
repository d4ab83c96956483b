// The api serves the contract's own file under this name, beside the page's.
export { requestOf } from '@hybrid-sync/tool-contract/operations';
