export { type CreatedToken, createToken } from './create-token.js';
export { mayAct, ROLES, type Role } from './roles.js';
export { type Caller, TokenBook } from './token-book.js';
export { parseExpiry, parseTokenEntries, readTokenEntries, TokenEntryError } from './token-entry.js';
