export { engineProgram } from './engine.js';
export { gatewayProgram } from './gateway/gateway-program.js';
export { GATEWAY_USER } from './gateway/gateway-server.js';
export { passwordIn } from './password-file.js';
export { DocumentdbError, type Program } from './program.js';
