import { Button } from 'antd'
import { useState } from 'react'
import { useWording } from '#/i18n/language.tsx'
import { ListDialog } from '../list-dialog.tsx'
import { useWarehouses } from '../use-warehouses.ts'
import { WarehouseDialog } from '../warehouse-dialog.tsx'
import { WarehouseActions } from '../warehouse-list.tsx'

/** The warehouses that there are; at least one is needed. */
export function ListStep({ onNext }: { readonly onNext: () => void }) {
  const { t } = useWording()
  const rows = useWarehouses().data ?? []
  const [dialog, setDialog] = useState<'add' | 'import' | null>(null)
  return (
    <>
      <p>{t('warehouses.s1.lead')}</p>
      <div className="hf-wh-bar">
        <WarehouseActions onAdd={() => setDialog('add')} onImport={() => setDialog('import')} />
        <span className="hf-faint" role="status">
          {t('warehouses.s1.count', { n: rows.length })}
        </span>
      </div>
      {rows.length > 0 ? (
        <div className="hf-wiz-list">
          <table className="hf-plain-table">
            <tbody>
              {rows.map((row) => (
                <tr key={row.code}>
                  <td>
                    <code>{row.code}</code>
                  </td>
                  <td>{row.name}</td>
                  <td className="hf-faint">{row.city || row.province}</td>
                  <td className="hf-faint">{t(`warehouses.figures.${row.figures}`)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <div className="hf-wiz-foot">
        <Button type="primary" disabled={rows.length === 0} onClick={onNext}>
          {t('warehouses.wiz.next')}
        </Button>
      </div>
      {dialog === 'add' ? <WarehouseDialog warehouse={null} onClose={() => setDialog(null)} /> : null}
      {dialog === 'import' ? <ListDialog onClose={() => setDialog(null)} /> : null}
    </>
  )
}
