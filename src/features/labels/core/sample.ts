import type { LabelContent } from './content.ts'

const party = {
  company: '',
  country: 'CN',
  postalCode: '',
}

/** What a preview shows where no waybill was chosen: long where labels get long. */
export const SAMPLE: LabelContent = {
  trackingNo: 'SF1234567890123',
  masterNo: 'SF1234567890123',
  piece: 1,
  pieces: 1,
  carrierName: '顺丰速运',
  product: '标快',
  sortCode: '010-A12-07',
  packageCentre: '北京顺义集散',
  packageCode: '010WJ',
  qr: '',
  orderNos: ['260101-000000001234'],
  shops: ['示例店铺'],
  from: {
    ...party,
    name: '发货部',
    phone: '02168880000',
    province: '上海市',
    city: '上海市',
    district: '青浦区',
    address: '华新镇示例路 88 号 3 号仓',
  },
  to: {
    ...party,
    name: '欧阳晓晓',
    phone: '13800138000',
    province: '北京市',
    city: '北京市',
    district: '朝阳区',
    address: '示例街道阳光花园小区 12 号楼 3 单元 1802 室',
  },
  goods: [
    { name: '纯棉短袖 T 恤 白色 L', sku: 'T-01-W-L', quantity: 2, isGift: false },
    { name: '帆布袋', sku: 'BAG-01', quantity: 1, isGift: true },
  ],
  tags: ['加急'],
  buyerNote: '请放快递柜，谢谢',
  sellerNote: '易碎品，轻放',
  weightG: 680,
  batchNo: 'B000000-SAMPLE',
  printNo: 1,
}
