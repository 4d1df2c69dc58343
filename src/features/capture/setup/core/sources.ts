/** What stands in place of a connection's id where none is needed. No connection can be called so. */
export const PUSH = ':push'
export const FILE = ':file'

/** `connection`: the hub reads it. `push`: the warehouse sends by HTTP. `file`: people upload its figures. */
export type SourceKind = 'connection' | 'push' | 'file'

export function sourceKind(source: string): SourceKind {
  return source === PUSH ? 'push' : source === FILE ? 'file' : 'connection'
}
