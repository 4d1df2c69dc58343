import { useCallback, useMemo } from 'react'
import type { Alarm } from '#/api/alarm-types.ts'
import { useConnections } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { useCarrierName } from '#/parts/carrier-name.tsx'
import { useWarehouseName } from '#/parts/warehouse-name.tsx'

type Named = Pick<Alarm, 'rule' | 'subject' | 'evidence'>
type Names = {
  readonly connection: ReadonlyMap<string, string>
  readonly carrier: (code: string) => string
  readonly warehouse: (code: string) => string
  readonly wholeHub: string
  readonly unknownCarrier: string
}

export function useTargetWords(): (alarm: Named) => string {
  const { t } = useWording()
  const connections = useConnections()
  const carrier = useCarrierName()
  const warehouse = useWarehouseName()
  const connection = useMemo(() => new Map(connections.map(({ id, name }) => [id, name])), [connections])
  return useCallback(
    (alarm) =>
      targetWords(alarm, {
        connection,
        carrier,
        warehouse,
        wholeHub: t('alarms.wholeHub'),
        unknownCarrier: t('parcels.unknownCarrier'),
      }),
    [connection, carrier, warehouse, t],
  )
}

/** Rules whose subject is a warehouse's code. */
const OF_A_WAREHOUSE = /^(stock\.lock_rate|transfer\.\w+|capture\.lagging)$/

/** What an alarm is about, in words that people use: the connection's or the account's name, the carrier and the warehouse, or the whole hub. */
function targetWords({ rule, subject, evidence }: Named, names: Names): string {
  if (subject === 'hub') return names.wholeHub
  if (rule.startsWith('parcel.')) {
    const [carrier = '', warehouse = ''] = subject.split('|')
    const parts = [
      carrier === '' ? names.unknownCarrier : names.carrier(carrier),
      warehouse && names.warehouse(warehouse),
    ]
    return parts.filter((part) => part !== '').join(' · ')
  }
  if (rule === 'tracking.push_incomplete')
    return subject === '*' ? names.unknownCarrier : names.carrier(subject)
  if (OF_A_WAREHOUSE.test(rule)) return names.warehouse(subject)
  const connection = names.connection.get(subject.replace(/^queue:/, ''))
  if (connection !== undefined) return connection
  const own = evidence.account ?? evidence.endpoint
  return /^\d+$/.test(subject) && typeof own === 'string' ? own : subject
}
