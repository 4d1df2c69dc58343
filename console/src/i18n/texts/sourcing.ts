export const sourcingZh = {
  'sourcing.title': '寻源',
} as const

export const sourcingEn: Record<keyof typeof sourcingZh, string> = {
  'sourcing.title': 'Sourcing',
}
