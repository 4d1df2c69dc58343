import { type Wording, useWording } from '#/i18n/language.tsx'

/** What a type of event is called, beside its name on the wire. */
export function useEventType(): (type: string) => string {
  const { t }: Wording = useWording()
  const words: Readonly<Record<string, string>> = {
    'order.status_changed': t('webhooks.type.order.status_changed'),
    'waybill.issued': t('webhooks.type.waybill.issued'),
    'waybill.cancelled': t('webhooks.type.waybill.cancelled'),
    'webhook.test': t('webhooks.type.test'),
    'parcel.info_received': t('parcels.state.info_received'),
    'parcel.picked_up': t('parcels.state.picked_up'),
    'parcel.in_transit': t('parcels.state.in_transit'),
    'parcel.out_for_delivery': t('parcels.state.out_for_delivery'),
    'parcel.ready_for_pickup': t('parcels.state.ready_for_pickup'),
    'parcel.delivered': t('parcels.state.delivered'),
    'parcel.delivery_failed': t('parcels.state.delivery_failed'),
    'parcel.exception': t('parcels.state.exception'),
    'parcel.returning': t('parcels.state.returning'),
    'parcel.returned': t('parcels.state.returned'),
    'parcel.cancelled': t('parcels.state.cancelled'),
  }
  return (type) => words[type] ?? type
}
