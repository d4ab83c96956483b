export { type CreatedToken, createToken, type TokenWish } from './create-token.js';
export { mayAct, ROLES, type Role } from './roles.js';
export { type Caller, TokenBook, type Verdict } from './token-book.js';
export {
  parseExpiry,
  parseTokenEntries,
  readTokenEntries,
  type TokenEntry,
  TokenEntryError,
} from './token-entry.js';
