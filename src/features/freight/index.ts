export { type FreightBook, type FreightDirectory, freightDirectory, STANDARD_BOOK } from './book.ts'
export { FREIGHT_KIND } from './core/kind.ts'
export { apportionQuote, jointOrder, observationsOf, quoteOf } from './core/quote.ts'
export { type CustomerTier, DEFAULT_TIERS, levelOf } from './core/tiers.ts'
export { type FreightDeskDeps, freightDeskRoutes } from './desk-http.ts'
export { type FreightQuoteDeps, freightQuoteRoutes } from './http.ts'
export { type FreightInputs, freightInputOf, freightPart } from './part.ts'
export {
  readQuotes,
  readSkuFigures,
  type SavedQuote,
  type StoredQuote,
  saveQuotes,
  withdrawQuotes,
} from './store.ts'
