import { App, Button, Modal } from 'antd'
import { useState } from 'react'
import { EVERY_SHOP, type UnmatchedSku } from '#/api/sku-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { mappingsCsv } from './pasted-table.ts'
import type { Scope } from './unmatched-list.tsx'
import { type NewMapping, useImportMappings } from './use-sku-changes.ts'

/** Maps the chosen shop codes to stock SKUs of the same name; shows first which and how many. */
export function SameCodes({
  rows,
  scope,
  onDone,
}: {
  readonly rows: readonly UnmatchedSku[]
  readonly scope: Scope
  readonly onDone: (mappings: readonly NewMapping[]) => void
}) {
  const { t, count } = useWording()
  const { message } = App.useApp()
  const [asking, setAsking] = useState(false)
  const mappings = mappingsOf(rows, scope)
  const map = useImportMappings(({ lines, orders, errors }) => {
    const refused = new Set(errors.map((error) => error.row - 2))
    setAsking(false)
    void message.success(t('skus.mapped', { lines, orders }))
    onDone(mappings.filter((_, index) => !refused.has(index)))
  })
  const codes = mappings.map((mapping) => mapping.shopSku)
  const figures = [
    [mappings.length, t('skus.willMap')],
    [rows.reduce((sum, row) => sum + (row.shopSku ? row.orders : 0), 0), t('skus.inOrders')],
    [rows.filter((row) => row.shopSku === '').length, t('skus.withoutCode')],
  ] as const
  return (
    <>
      <Button type="primary" onClick={() => setAsking(true)}>
        {t('skus.sameCodes')}
      </Button>
      <Modal
        open={asking}
        title={t('skus.sameCodesTitle')}
        okText={t('skus.sameCodesApply', { n: mappings.length })}
        cancelText={t('common.cancel')}
        okButtonProps={{ disabled: mappings.length === 0, loading: map.isPending }}
        onOk={() =>
          map.mutate(mappingsCsv(mappings.map((one) => [one.shopSku, one.stockSku, one.connectionId])))
        }
        onCancel={() => setAsking(false)}
      >
        <p className="hf-faint">{t('skus.sameCodesHint')}</p>
        <div className="hf-figures">
          {figures.map(([n, name]) => (
            <div key={name}>
              <b className="hf-num">{count(n)}</b>
              <span>{name}</span>
            </div>
          ))}
        </div>
        <p>
          <span className="hf-faint">
            {t('skus.scope')} {t(`skus.scope.${scope}`)} · {t('skus.including')}{' '}
          </span>
          {codes.slice(0, 8).join(t('common.and'))}
        </p>
      </Modal>
    </>
  )
}

function mappingsOf(rows: readonly UnmatchedSku[], scope: Scope): readonly NewMapping[] {
  const all = rows
    .filter((row) => row.shopSku !== '')
    .map(({ shopSku, connection }) => ({
      connectionId: scope === 'all' ? EVERY_SHOP : connection.id,
      shopSku,
      stockSku: shopSku,
    }))
  return [...new Map(all.map((one) => [`${one.connectionId}\n${one.shopSku}`, one])).values()]
}
