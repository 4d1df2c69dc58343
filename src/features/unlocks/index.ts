export type { UnlockDeps } from './deps.ts'
export { unlockRoutes } from './http.ts'
export { watchUnlocks } from './watch-unlocks.ts'
