export const warehousesZh = {
  'warehouses.title': '仓库',
  'warehouses.lead': '仓库清单、接入向导、采集延迟与差异。',
} as const

export const warehousesEn: Record<keyof typeof warehousesZh, string> = {
  'warehouses.title': 'Warehouses',
  'warehouses.lead': 'Warehouses, how to connect one, how far behind its figures are and where they differ.',
}
