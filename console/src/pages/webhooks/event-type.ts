import { PARCEL_STATES } from '#/api/parcel-types.ts'
import { useWording } from '#/i18n/language.tsx'

/** What a type of event is called, beside its name on the wire. */
export function useEventType(): (type: string) => string {
  const { t } = useWording()
  const words: Readonly<Record<string, string>> = {
    'order.status_changed': t('webhooks.type.order.status_changed'),
    'waybill.issued': t('webhooks.type.waybill.issued'),
    'waybill.cancelled': t('webhooks.type.waybill.cancelled'),
    'webhook.test': t('webhooks.type.test'),
  }
  const states: readonly string[] = PARCEL_STATES
  return (type) => {
    const state = PARCEL_STATES[states.indexOf(type.replace(/^parcel\./, ''))]
    return (
      words[type] ??
      (state === undefined ? type : t('webhooks.type.parcel', { state: t(`parcels.state.${state}`) }))
    )
  }
}
