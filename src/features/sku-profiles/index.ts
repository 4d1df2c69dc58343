export type { ProfileDeps, ProfileHttpDeps } from './deps.ts'
export { skuProfileRoutes } from './http.ts'
