export const lockHealthZh = {
  'lockHealth.title': '锁库成功率',
  'lockHealth.lead': '跨仓锁库成功率，按仓库和小时；点一格看失败的锁。',
} as const

export const lockHealthEn: Record<keyof typeof lockHealthZh, string> = {
  'lockHealth.title': 'Lock success',
  'lockHealth.lead': 'How locks went by warehouse and hour; a cell opens the locks that failed.',
}
