export { type OperationsRoutesDeps, operationsRoutes } from './http.ts'
