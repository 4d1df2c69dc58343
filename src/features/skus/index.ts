export { type SkuRoutesDeps, skuRoutes } from './http.ts'
export { mapSkus } from './map-skus.ts'
