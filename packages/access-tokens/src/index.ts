export { type CreatedToken, createToken, type TokenWish } from './create-token.js';
export { mayAct } from './roles.js';
export { type Caller, TokenBook, type Verdict } from './token-book.js';
export {
  parseExpiry,
  parseTokenEntries,
  readTokenEntries,
  type TokenEntry,
  TokenEntryError,
} from './token-entry.js';
