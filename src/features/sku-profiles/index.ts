export type { ProfileDeps, ProfileHttpDeps } from './deps.ts'
export { skuProfileRoutes } from './http.ts'
export { saveProfile } from './save-profile.ts'
