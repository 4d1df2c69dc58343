import type { FeedMapping, MappedPreview } from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useRefusalText } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'

const SHOWN = 12

/** Real rows beside what the hub reads in them; those with faults first, since they are what wants a look. */
export function RowsTable({
  preview,
  mapping,
}: {
  readonly preview: MappedPreview
  readonly mapping: FeedMapping
}) {
  const { t } = useWording()
  const refusal = useRefusalText()
  const bad = preview.rows.length - preview.good
  const rows = preview.rows
    .toSorted((a, b) => Number(b.fault !== null) - Number(a.fault !== null))
    .slice(0, SHOWN)
  const mapped = [
    mapping.sku,
    mapping.quantity,
    mapping.warehouse,
    mapping.version ?? mapping.id,
    mapping.reference,
  ]
  const columns = Object.keys(preview.rows[0]?.row ?? {}).toSorted(
    (a, b) => Number(mapped.includes(b)) - Number(mapped.includes(a)),
  )
  return (
    <div>
      <h3 className="hf-small-head">
        {t('warehouses.s4.preview')}{' '}
        <span className="hf-faint" role="status">
          {t('warehouses.s4.previewLine', { good: preview.good, bad, unknown: preview.unknownSkus.length })}
        </span>
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard */}
      <section className="hf-wh-scroll hf-wiz-rows" tabIndex={0} aria-label={t('warehouses.s4.preview')}>
        <table className="hf-plain-table">
          <thead>
            <tr>
              <th scope="col">{t('warehouses.s4.col.reads')}</th>
              {columns.map((column) => (
                <th
                  key={column}
                  scope="col"
                  className={mapped.includes(column) ? 'hf-wiz-mapped' : undefined}
                >
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a sample have no key of their own
              <tr key={index}>
                <td>
                  {row.fault ? (
                    <Tag tone="bad" title={row.fault.detail}>
                      {refusal(row.fault.code, null)}
                    </Tag>
                  ) : (
                    <>
                      {row.sku} <b className="hf-num">{row.quantity}</b>{' '}
                      {row.warehouse === null ? (
                        <Tag tone="wait">{t('warehouses.s4.unmapped')}</Tag>
                      ) : (
                        <span className="hf-faint">@ {row.warehouse}</span>
                      )}{' '}
                      {row.isKnownSku ? null : <Tag tone="neutral">{t('warehouses.s4.unknownSku')}</Tag>}
                    </>
                  )}
                </td>
                {columns.map((column) => (
                  <td key={column} className={mapped.includes(column) ? undefined : 'hf-faint'}>
                    {row.row[column] ?? '∅'}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  )
}
