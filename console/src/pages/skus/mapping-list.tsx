import { PlusOutlined, TableOutlined, TagsOutlined } from '@ant-design/icons'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Button } from 'antd'
import { type ReactNode, useMemo, useState } from 'react'
import { useCan } from '#/api/session.ts'
import { EVERY_SHOP, MAPPING, type SkuMapping } from '#/api/sku-types.ts'
import type { SkusPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { MappingDialog } from './mapping-dialog.tsx'
import { PasteDialog } from './paste-dialog.tsx'
import { SkuSearch } from './sku-filters.tsx'

const rowKey = (row: SkuMapping) => `${row.connectionId}\n${row.shopSku}`
const rowName = (row: SkuMapping) => row.shopSku

/** What was said of shop codes so far; found, corrected, removed. */
export function MappingList({ tabs }: { readonly tabs: ReactNode }) {
  const { t } = useWording()
  const mayWrite = useCan()('orders:write')
  const { q } = useSearch({ from: '/shell/skus' })
  const navigate = useNavigate({ from: '/skus' })
  const query = useMemo(() => ({ q }), [q])
  const list = useCursorList<SkuMapping>(MAPPING, query)
  const [edited, setEdited] = useState<SkuMapping | 'new' | null>(null)
  const [pasting, setPasting] = useState(false)
  const columns = useMappingColumns(mayWrite ? setEdited : undefined)
  return (
    <>
      <ListView<SkuMapping>
        name="skus-mapping"
        label={t('skus.tab.mapping')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        list={list}
        views={tabs}
        {...(mayWrite ? { onOpen: setEdited } : {})}
        filters={
          <SkuSearch
            label={t('skus.searchMapping')}
            value={q ?? ''}
            onSearch={(next) =>
              void navigate({
                search: (previous) => ({ ...previous, q: next }) as SkusPlace,
                replace: true,
              })
            }
          />
        }
        filtered={q !== undefined}
        onClearFilters={() => void navigate({ search: { tab: 'mapping' } })}
        empty={
          <TeachingEmpty
            icon={<TagsOutlined />}
            title={t('skus.emptyMapping.title')}
            hint={t('skus.emptyMapping.hint')}
          >
            <Link to="/skus">{t('skus.emptyMapping.queue')}</Link>
          </TeachingEmpty>
        }
        tools={() =>
          mayWrite ? (
            <>
              <Button icon={<TableOutlined />} onClick={() => setPasting(true)}>
                {t('skus.paste')}
              </Button>
              <Button icon={<PlusOutlined />} onClick={() => setEdited('new')}>
                {t('skus.add')}
              </Button>
            </>
          ) : null
        }
      />
      {edited ? (
        <MappingDialog
          mapping={edited === 'new' ? null : edited}
          onClose={() => setEdited(null)}
          onDone={list.refresh}
        />
      ) : null}
      {pasting ? <PasteDialog onClose={() => setPasting(false)} onDone={list.refresh} /> : null}
    </>
  )
}

function useMappingColumns(
  onEdit: ((row: SkuMapping) => void) | undefined,
): readonly ListColumn<SkuMapping>[] {
  const { t } = useWording()
  return [
    {
      key: 'shopSku',
      title: t('skus.col.shopSku'),
      width: 220,
      pinned: true,
      render: (row) => <code title={row.shopSku}>{row.shopSku}</code>,
    },
    {
      key: 'stockSku',
      title: t('skus.col.stockSku'),
      width: 220,
      render: (row) => <code title={row.stockSku}>{row.stockSku}</code>,
    },
    {
      key: 'scope',
      title: t('skus.col.scope'),
      width: 210,
      render: (row) =>
        row.connectionId === EVERY_SHOP ? (
          <Tag tone="neutral">{t('skus.scope.all')}</Tag>
        ) : (
          <span title={row.connectionId}>{row.connectionName ?? row.connectionId}</span>
        ),
    },
    { key: 'updatedBy', title: t('skus.col.updatedBy'), width: 120, render: (row) => row.updatedBy },
    {
      key: 'updatedAt',
      title: t('skus.col.updatedAt'),
      width: 120,
      render: (row) => <TimeText at={row.updatedAt} />,
    },
    {
      key: 'actions',
      title: t('skus.col.actions'),
      width: 80,
      render: (row) =>
        onEdit ? (
          <button type="button" className="hf-link" onClick={() => onEdit(row)}>
            {t('common.edit')}
          </button>
        ) : null,
    },
  ]
}
