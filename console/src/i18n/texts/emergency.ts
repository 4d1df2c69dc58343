export const emergencyZh = {
  'emergency.title': '应急中心',
  'emergency.lead': '数据库不可用时订单先落本地磁盘，恢复后自动合并。',
} as const

export const emergencyEn: Record<keyof typeof emergencyZh, string> = {
  'emergency.title': 'Emergency',
  'emergency.lead': 'While the database is away orders go to local disk; they are merged when it is back.',
}
