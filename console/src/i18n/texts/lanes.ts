export const lanesZh = {
  'lanes.title': '泳道与积压',
  'lanes.lead': '每个渠道一条泳道，一个渠道的洪峰不会拖慢另一个。',
} as const

export const lanesEn: Record<keyof typeof lanesZh, string> = {
  'lanes.title': 'Lanes',
  'lanes.lead': 'One lane per channel: a flood in one never slows another.',
}
