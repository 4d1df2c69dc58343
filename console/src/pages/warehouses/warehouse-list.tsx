import { PlusOutlined, ShopOutlined, UploadOutlined } from '@ant-design/icons'
import { Link } from '@tanstack/react-router'
import { App, Button, Popconfirm, Skeleton, Switch } from 'antd'
import { useState } from 'react'
import { SKUS_COUNTED, type Warehouse } from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { ListDialog } from './list-dialog.tsx'
import { useResourceOffer } from './use-resource-offer.ts'
import { useRemoveWarehouse, useSaveWarehouse, useWarehouses } from './use-warehouses.ts'
import { WarehouseDialog } from './warehouse-dialog.tsx'

/** Every warehouse in one table, with the switches that matter every day. */
export function WarehouseList() {
  const { t } = useWording()
  const list = useWarehouses()
  const [edited, setEdited] = useState<Warehouse | 'new' | null>(null)
  const [importing, setImporting] = useState(false)
  const rows = list.data ?? []
  return (
    <>
      {rows.length > 0 ? (
        <div className="hf-wh-bar">
          <WarehouseActions onAdd={() => setEdited('new')} onImport={() => setImporting(true)} />
          <Link
            to="/warehouses"
            search={{ tab: 'onboarding' }}
            className="ant-btn ant-btn-default hf-wh-link"
          >
            {t('warehouses.connect')}
          </Link>
        </div>
      ) : null}
      {list.error ? <ProblemNotice error={list.error} onRetry={() => void list.refetch()} /> : null}
      {list.isPending ? <Skeleton active paragraph={{ rows: 4 }} /> : null}
      {rows.length > 0 ? <WarehouseTable rows={rows} onEdit={setEdited} /> : null}
      {list.data && rows.length === 0 ? (
        <TeachingEmpty
          icon={<ShopOutlined />}
          title={t('warehouses.empty.title')}
          hint={t('warehouses.empty.hint')}
        >
          <div className="hf-wh-bar hf-wh-centre">
            <WarehouseActions onAdd={() => setEdited('new')} onImport={() => setImporting(true)} />
          </div>
        </TeachingEmpty>
      ) : null}
      {edited ? (
        <WarehouseDialog warehouse={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />
      ) : null}
      {importing ? <ListDialog onClose={() => setImporting(false)} /> : null}
    </>
  )
}

export function WarehouseActions({
  onAdd,
  onImport,
}: {
  readonly onAdd: () => void
  readonly onImport: () => void
}) {
  const { t } = useWording()
  return (
    <>
      <Button type="primary" icon={<UploadOutlined />} onClick={onImport}>
        {t('warehouses.import')}
      </Button>
      <Button icon={<PlusOutlined />} onClick={onAdd}>
        {t('warehouses.add')}
      </Button>
    </>
  )
}

function WarehouseTable({
  rows,
  onEdit,
}: {
  readonly rows: readonly Warehouse[]
  readonly onEdit: (warehouse: Warehouse) => void
}) {
  const { t, count } = useWording()
  const { message } = App.useApp()
  const save = useSaveWarehouse(() => void message.success(t('warehouses.saved')))
  const offer = useResourceOffer()
  const remove = useRemoveWarehouse(() => void message.success(t('warehouses.removed')))
  const heads = [
    'code',
    'name',
    'place',
    'figures',
    'transit',
    'active',
    'skus',
    'priority',
    'updated',
  ] as const
  return (
    <div className="hf-wh-scroll">
      <table className="hf-plain-table hf-wh-table">
        <thead>
          <tr>
            {heads.map((head) => (
              <th
                key={head}
                scope="col"
                className={head === 'skus' || head === 'priority' ? 'hf-right' : undefined}
              >
                {t(`warehouses.col.${head}`)}
              </th>
            ))}
            <th scope="col" aria-label={t('warehouses.edit')} />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.code} className={row.active ? undefined : 'hf-wh-off'}>
              <td>
                <code>{row.code}</code>
              </td>
              <td>{row.name}</td>
              <td>
                {[row.province, row.city]
                  .filter((one, i, all) => one !== '' && all.indexOf(one) === i)
                  .join(' ')}
              </td>
              <td>
                <Tag
                  tone={row.figures === 'captured' ? 'move' : 'neutral'}
                  title={t(`warehouses.figures.${row.figures}Hint`)}
                >
                  {t(`warehouses.figures.${row.figures}`)}
                </Tag>
                {row.feeds.length > 0 ? (
                  <span className="hf-faint hf-wh-feeds">{row.feeds.join('、')}</span>
                ) : null}
              </td>
              <td>
                <Popconfirm
                  title={t(
                    row.countsInTransit ? 'warehouses.transit.confirmOff' : 'warehouses.transit.confirmOn',
                    {
                      name: row.name,
                    },
                  )}
                  description={t('warehouses.transit.hint')}
                  onConfirm={() =>
                    save.mutate({ code: row.code, values: { countsInTransit: !row.countsInTransit } })
                  }
                >
                  <Switch
                    size="small"
                    checked={row.countsInTransit}
                    aria-label={`${row.name} ${t('warehouses.col.transit')}`}
                  />
                </Popconfirm>
              </td>
              <td>
                {row.active ? (
                  <Popconfirm
                    title={t('warehouses.active.confirmOff', { name: row.name })}
                    description={t('warehouses.active.hint')}
                    onConfirm={() =>
                      save.mutate(
                        { code: row.code, values: { active: false } },
                        { onSuccess: () => void offer(row) },
                      )
                    }
                  >
                    <Switch size="small" checked aria-label={`${row.name} ${t('warehouses.col.active')}`} />
                  </Popconfirm>
                ) : (
                  <Switch
                    size="small"
                    checked={false}
                    aria-label={`${row.name} ${t('warehouses.col.active')}`}
                    onChange={() => save.mutate({ code: row.code, values: { active: true } })}
                  />
                )}
              </td>
              <td className="hf-right hf-num">
                {row.skus > SKUS_COUNTED ? `${count(SKUS_COUNTED)}+` : count(row.skus)}
              </td>
              <td className="hf-right hf-num">{row.priority}</td>
              <td className="hf-faint">
                <TimeText at={row.updatedAt} /> {row.updatedBy}
              </td>
              <td className="hf-right hf-wh-actions">
                <Button type="link" size="small" onClick={() => onEdit(row)}>
                  {t('warehouses.edit')}
                </Button>
                {row.skus === 0 && row.feeds.length === 0 ? (
                  <Popconfirm
                    title={t('warehouses.removeConfirm', { name: row.name })}
                    description={t('warehouses.removeHint')}
                    onConfirm={() => remove.mutate(row.code)}
                  >
                    <Button type="link" size="small" danger>
                      {t('warehouses.remove')}
                    </Button>
                  </Popconfirm>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
