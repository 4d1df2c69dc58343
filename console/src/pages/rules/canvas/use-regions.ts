import { useQuery } from '@tanstack/react-query'
import { get } from '#/api/client.ts'

type Region = { readonly code: string; readonly name: string; readonly short?: string }
type Regions = { readonly items: readonly Region[] }

/** Provinces in the short form that rules use; empty until they are there, or where the hub does not tell. */
export function useProvinces(): readonly string[] {
  const { data } = useQuery({
    queryKey: ['regions', ''],
    queryFn: ({ signal }) => get<Regions>('/api/regions', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return data?.items.map((one) => one.short ?? one.name) ?? NONE
}
const NONE: readonly string[] = []

/** Cities of the provinces that a table names; asked for by name, one province at a time, and kept. */
export function useCities(provinces: readonly string[]): readonly string[] {
  const all = useQuery({
    queryKey: ['regions', ''],
    queryFn: ({ signal }) => get<Regions>('/api/regions', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const codes = (all.data?.items ?? [])
    .filter((one) => provinces.includes(one.short ?? one.name))
    .map(({ code }) => code)
    .slice(0, CITIES_OF_MOST)
  const { data } = useQuery({
    queryKey: ['regions', ...codes],
    enabled: codes.length > 0,
    queryFn: async ({ signal }) => {
      const answers = await Promise.all(
        codes.map((parent) => get<Regions>('/api/regions', { parent }, signal)),
      )
      return answers.flatMap(({ items }) => items.map((one) => one.short ?? one.name))
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
  return data ?? NONE
}
const CITIES_OF_MOST = 40
