import type { OrderStatus } from '#domain/order-status.ts'
import type { FilterInput } from './filter.ts'

export type Preset = {
  readonly id: string
  readonly group: 'normal' | 'abnormal'
  readonly zh: string
  readonly en: string
  readonly filter: FilterInput
}

/** The views that everybody has, in the order in which they stand. */
export const PRESETS: readonly Preset[] = [
  normal('all', '全部', 'All', []),
  normal('pending_payment', '待付款', 'To be paid', ['pending_payment']),
  normal('awaiting_shipment', '待发货', 'To ship', ['awaiting_shipment']),
  normal('partially_shipped', '部分发货', 'Partly shipped', ['partially_shipped']),
  normal('shipped', '已发货', 'Shipped', ['shipped']),
  normal('in_transit', '运输中', 'In transit', ['picked_up', 'in_transit', 'out_for_delivery']),
  normal('delivered', '已签收', 'Delivered', ['delivered']),
  normal('completed', '已完成', 'Completed', ['completed']),
  abnormal('on_hold', '暂不可发', 'On hold', { status: ['on_hold'] }),
  abnormal('report_refused', '回传失败', 'Report refused', { report: ['refused'] }),
  abnormal('report_unknown', '回传待确认', 'Report unconfirmed', { report: ['unknown'] }),
  abnormal('drift', '状态漂移', 'Sources disagree', { drift: '1' }),
  abnormal('unmatched', 'SKU 未匹配', 'SKU unmatched', { unmatched: '1' }),
  abnormal('overdue', '超时未发', 'Overdue', { overdue: '1', sort: 'shipBy' }),
  abnormal('after_sale', '售后中', 'After-sale open', { afterSale: '1' }),
  abnormal('cancelled_shipped', '取消后发货', 'Shipped though cancelled', {
    status: ['cancelled', 'refunded'],
    drift: '1',
  }),
]

export function presetById(id: string): Preset | undefined {
  return PRESETS.find((preset) => preset.id === id)
}

function normal(id: string, zh: string, en: string, status: readonly OrderStatus[]): Preset {
  return { id, group: 'normal', zh, en, filter: status.length === 0 ? {} : { status } }
}

function abnormal(id: string, zh: string, en: string, filter: FilterInput): Preset {
  return { id, group: 'abnormal', zh, en, filter }
}
