import type { LookupTable } from '#domain/rulebook.ts'

// Starting figures for the templates' tables: round sums in the order in which carriers' prices rise with the way from the east coast.
// Every seller puts in what its own contracts say.

/** By province: the surcharge on top of the base; the first kilogram, and each further one. */
const FIGURES: readonly (readonly [provinces: string, surcharge: string, first: string, further: string])[] =
  [
    ['江苏 浙江 上海 安徽', '0.00', '6.00', '1.00'],
    ['福建 江西 山东 湖北 湖南 河南 广东', '2.00', '8.00', '2.00'],
    ['北京 天津 河北 山西 陕西 广西 四川 重庆', '3.00', '9.00', '3.00'],
    ['辽宁 吉林 黑龙江 贵州 云南', '5.00', '10.00', '5.00'],
    ['海南 内蒙古 甘肃 青海 宁夏', '8.00', '14.00', '9.00'],
    ['新疆 西藏', '15.00', '20.00', '18.00'],
  ]

/** 地区系数: all provinces of the mainland; 港澳台 are left out, their freight is asked for order by order. */
export const REGION_SURCHARGES: LookupTable = {
  id: 'region',
  name: '地区系数表',
  keys: [{ name: 'province', label: '省份', type: 'text' }],
  columns: [{ name: 'surcharge', label: '加价', type: 'money' }],
  rows: FIGURES.flatMap(([provinces, surcharge]) =>
    provinces.split(' ').map((province) => [province, surcharge]),
  ),
}

export const WEIGHT_PRICES: LookupTable = {
  id: 'price',
  name: '首重续重价格表',
  keys: [
    { name: 'province', label: '省份', type: 'text' },
    { name: 'city', label: '城市', type: 'text' },
  ],
  columns: [
    { name: 'first', label: '首重 1 kg', type: 'money' },
    { name: 'further', label: '续重每 kg', type: 'money' },
  ],
  rows: FIGURES.flatMap(([provinces, , first, further]) =>
    provinces.split(' ').map((province) => [province, '*', first, further]),
  ),
}
