import { PlusOutlined } from '@ant-design/icons'
import { Button, Input, Select } from 'antd'
import { useState } from 'react'
import type { FeedMapping, FeedWarehouse, MappedPreview } from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useWarehouses } from '../use-warehouses.ts'
import { WarehouseDialog } from '../warehouse-dialog.tsx'

/** Which warehouse of the hub each code of the source is. */
export function HomesTable({
  mapping,
  homes,
  found,
  onChange,
}: {
  readonly mapping: FeedMapping
  readonly homes: readonly FeedWarehouse[]
  readonly found: MappedPreview['warehouses']
  readonly onChange: (homes: readonly FeedWarehouse[]) => void
}) {
  const { t, count } = useWording()
  const options = (useWarehouses().data ?? []).map(({ code, name }) => ({
    value: code,
    label: `${code} ${name}`,
  }))
  const [code, setCode] = useState('')
  const [adding, setAdding] = useState(false)
  const isSingle = mapping.warehouse === null
  const shown = homes.filter((one) => (one.sourceCode === '') === isSingle)
  const set = (sourceCode: string, warehouse: string) =>
    onChange(
      [
        // Codes of the other way of mapping would be refused.
        ...homes.filter((one) => one.sourceCode !== sourceCode && (one.sourceCode === '') === isSingle),
        { sourceCode, warehouse },
      ].toSorted((a, b) => (a.sourceCode < b.sourceCode ? -1 : 1)),
    )
  if (isSingle)
    return (
      <div className="hf-wiz-field">
        <span>{t('warehouses.s4.single')}</span>
        <Select
          aria-label={t('warehouses.s4.single')}
          placeholder={t('warehouses.s4.open')}
          value={shown[0]?.warehouse || null}
          options={options}
          onChange={(warehouse: string | null) => set('', warehouse ?? '')}
        />
      </div>
    )
  return (
    <div className="hf-wiz-homes">
      <h3 className="hf-small-head">{t('warehouses.s4.homes')}</h3>
      <p className="hf-faint">{t('warehouses.s4.homesHint')}</p>
      <table className="hf-plain-table">
        <tbody>
          {shown.map((one) => (
            <tr key={one.sourceCode}>
              <td>
                <code>{one.sourceCode}</code>{' '}
                <span className="hf-faint hf-num">
                  {count(found.find((row) => row.sourceCode === one.sourceCode)?.rows ?? 0)}
                </span>
              </td>
              <td>
                <Select
                  allowClear
                  aria-label={one.sourceCode}
                  placeholder={t('warehouses.s4.ignored')}
                  value={one.warehouse || undefined}
                  options={options}
                  onChange={(warehouse: string | undefined) => set(one.sourceCode, warehouse ?? '')}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="hf-wh-bar">
        <Input
          size="small"
          value={code}
          maxLength={200}
          aria-label={t('warehouses.s4.codePlaceholder')}
          placeholder={t('warehouses.s4.codePlaceholder')}
          onChange={(event) => setCode(event.target.value)}
        />
        <Button
          size="small"
          icon={<PlusOutlined />}
          disabled={code.trim() === '' || homes.some((one) => one.sourceCode === code.trim())}
          onClick={() => {
            set(code.trim(), options.find((one) => one.value === code.trim())?.value ?? '')
            setCode('')
          }}
        >
          {t('warehouses.s4.addCode')}
        </Button>
        <Button size="small" type="link" onClick={() => setAdding(true)}>
          {t('warehouses.add')}
        </Button>
      </div>
      {adding ? <WarehouseDialog warehouse={null} onClose={() => setAdding(false)} /> : null}
    </div>
  )
}
