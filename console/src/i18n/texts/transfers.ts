export const transfersZh = {
  'transfers.title': '调拨',
  'transfers.lead': '仓库之间的调拨单：锁定、在途、收货。',
} as const

export const transfersEn: Record<keyof typeof transfersZh, string> = {
  'transfers.title': 'Transfers',
  'transfers.lead': 'Transfers between warehouses: locked, on the way, received.',
}
