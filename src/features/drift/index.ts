export { type DriftRoutesDeps, driftRoutes } from './http.ts'
