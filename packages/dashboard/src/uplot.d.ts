// The api serves the package's own file under this name, beside the page's.
export { default } from 'uplot';
