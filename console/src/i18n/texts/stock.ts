export const stockZh = {
  'stock.title': '库存',
  'stock.lead': '每个仓库里每个 SKU 有多少、占了多少、还能卖多少；点开看每一次变动和每一笔占用。',
} as const

export const stockEn: Record<keyof typeof stockZh, string> = {
  'stock.title': 'Stock',
  'stock.lead': 'How much of every SKU each warehouse has, what is held of it and what can be sold; open a row for every movement and hold.',
}
