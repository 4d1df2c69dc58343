export type { ImportDeps } from './deps.ts'
export { openFileStore } from './files/file-store.ts'
export { type ImportHttpDeps, importRoutes } from './http.ts'
export { importJobs } from './run-import.ts'
