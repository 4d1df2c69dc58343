import { useConnections } from '#/api/systems.ts'

/** A shop's own name; its id where the connection is gone. */
export function useShopName(): (id: string) => string {
  const connections = useConnections()
  return (id) => connections.find((one) => one.id === id)?.name ?? id
}
