export { effectiveSettings, withoutSecrets } from './core/settings.ts'
export { isPrivateHost } from './core/target.ts'
export type { ConnectionDeps } from './deps.ts'
export {
  type ConnectionDirectory,
  connectionDirectory,
  type DirectoryDeps,
  type DirectoryEntry,
} from './directory.ts'
export { type ConnectionHttpDeps, connectionRoutes } from './http.ts'
export { addConnection, type ConnectionDraft, changeConnection, dropConnection } from './save-connection.ts'
export { readCallbackToken, readConnections, saveStreamState } from './store.ts'
export { testConnection } from './test-connection.ts'
