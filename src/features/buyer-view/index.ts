export { type BuyerViewRoutesDeps, buyerViewRoutes } from './http.ts'
export { pruneGuesses } from './store.ts'
