export { type SkuRoutesDeps, skuRoutes } from './http.ts'
