import type { ShipTo } from '#domain/rule-order.ts'

/** `remote`: carriers ask for more. `hmt`: 港澳台, another service altogether. `mainland`: neither, to take a place out of a wider one. */
export const AREA_CLASSES = ['remote', 'hmt', 'mainland'] as const
export type AreaClass = (typeof AREA_CLASSES)[number]

/** An empty city or district means all of them. */
export type RemoteArea = {
  readonly province: string
  readonly city: string
  readonly district: string
  readonly areaClass: AreaClass
}

/** Where carriers usually ask for a surcharge. A start, to be checked against the carrier's own list: each carrier draws it elsewhere. */
export const DEFAULT_REMOTE_AREAS: readonly RemoteArea[] = [
  ...['新疆', '西藏', '内蒙古', '青海', '宁夏', '甘肃', '海南'].map((province) => area(province, 'remote')),
  ...['香港', '澳门', '台湾'].map((province) => area(province, 'hmt')),
]

function area(province: string, areaClass: AreaClass): RemoteArea {
  return { province, city: '', district: '', areaClass }
}

export type RegionClass = AreaClass | 'abroad'

/** By the closest entry of the list; null where the province is not known: nobody can tell. */
export function regionClassOf(
  to: ShipTo,
  areas: readonly RemoteArea[] = DEFAULT_REMOTE_AREAS,
): RegionClass | null {
  if (to.country !== '' && to.country !== 'CN') return 'abroad'
  if (to.province === '') return null
  let best: RemoteArea | null = null
  for (const one of areas) {
    if (one.province !== to.province) continue
    if (one.city !== '' && one.city !== to.city) continue
    if (one.district !== '' && one.district !== to.district) continue
    if (best === null || closeness(one) > closeness(best)) best = one
  }
  return best?.areaClass ?? 'mainland'
}

/** Null where the province is not known; places abroad and 港澳台 are classes of their own, and not remote. */
export function isRemote(to: ShipTo, areas: readonly RemoteArea[] = DEFAULT_REMOTE_AREAS): boolean | null {
  const found = regionClassOf(to, areas)
  return found === null ? null : found === 'remote'
}

function closeness({ city, district }: RemoteArea): number {
  return (district === '' ? 0 : 2) + (city === '' ? 0 : 1)
}
