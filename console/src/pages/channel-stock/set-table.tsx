import { AppstoreOutlined } from '@ant-design/icons'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { Button, Input, Popconfirm, Space, Table, type TableColumnType } from 'antd'
import { type ReactNode, useState } from 'react'
import { SELLABLE } from '#/api/channel-stock-types.ts'
import { get, queryString, write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import type { Page } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { SetTools } from './set-tools.tsx'
import { WhyDialog } from './told-figures.tsx'

type SetRow = { readonly sku: string; readonly updatedAt: string }

/** The list of bundles or of gifts: searched, edited, removed, filled from a file. */
export function SetTable<Row extends SetRow>({
  kind,
  columns,
  texts,
  form,
}: {
  readonly kind: 'bundles' | 'gifts'
  readonly columns: readonly TableColumnType<Row>[]
  readonly texts: {
    readonly add: string
    readonly emptyTitle: string
    readonly emptyHint: string
    readonly removeConfirm: (sku: string) => string
  }
  readonly form: (row: Row | null, onClose: () => void) => ReactNode
}) {
  const { t } = useWording()
  const client = useQueryClient()
  const [q, setQ] = useState('')
  const [edited, setEdited] = useState<Row | 'new' | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const list = useInfiniteQuery({
    queryKey: ['sellable-sets', kind, q],
    queryFn: ({ pageParam, signal }) =>
      get<Page<Row>>(`${SELLABLE}/${kind}`, { q, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
    refetchInterval: 15_000,
  })
  const refresh = () => void client.invalidateQueries({ queryKey: ['sellable-sets', kind] })
  if (list.error) return <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []
  const tools = <SetTools kind={kind} addText={texts.add} onAdd={() => setEdited('new')} onDone={refresh} />
  return (
    <div className="hf-tab-body">
      {rows.length === 0 && q === '' && !list.isPending ? (
        <TeachingEmpty icon={<AppstoreOutlined />} title={texts.emptyTitle} hint={texts.emptyHint}>
          <Space>{tools}</Space>
        </TeachingEmpty>
      ) : (
        <>
          <div className="hf-section-tools">
            <Input.Search
              allowClear
              style={{ width: 220, marginInlineEnd: 'auto' }}
              aria-label={t('channelStock.search')}
              placeholder={t('channelStock.search')}
              onSearch={(text) => setQ(text.trim())}
            />
            {tools}
          </div>
          <Table<Row>
            size="small"
            rowKey="sku"
            loading={list.isPending}
            pagination={false}
            dataSource={rows}
            columns={[
              ...columns,
              {
                title: t('channelStock.updatedAt'),
                key: 'updatedAt',
                width: 130,
                render: (_, row) => <TimeText at={row.updatedAt} />,
              },
              {
                title: t('channelStock.col.actions'),
                key: 'actions',
                width: 220,
                render: (_, row) => (
                  <Space>
                    <Button onClick={() => setWhy(row.sku)}>{t('channelStock.why')}</Button>
                    <RowActions
                      kind={kind}
                      confirm={texts.removeConfirm(row.sku)}
                      sku={row.sku}
                      onEdit={() => setEdited(row)}
                      onDone={refresh}
                    />
                  </Space>
                ),
              },
            ]}
          />
          {list.hasNextPage ? (
            <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t('common.more')}
            </Button>
          ) : null}
        </>
      )}
      {edited ? form(edited === 'new' ? null : edited, () => setEdited(null)) : null}
      {why === null ? null : <WhyDialog sku={why} onClose={() => setWhy(null)} />}
    </div>
  )
}

function RowActions({
  kind,
  sku,
  confirm,
  onEdit,
  onDone,
}: {
  readonly kind: 'bundles' | 'gifts'
  readonly sku: string
  readonly confirm: string
  readonly onEdit: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const mayWrite = useCan()('stock:write')
  const fail = useProblemToast()
  const remove = useMutation({
    mutationFn: () => write('DELETE', `${SELLABLE}/${kind}${queryString({ sku })}`),
    onError: fail,
    onSuccess: onDone,
  })
  if (!mayWrite) return null
  return (
    <Space>
      <Button onClick={onEdit}>{t('common.edit')}</Button>
      <Popconfirm
        title={confirm}
        okText={t('common.delete')}
        cancelText={t('common.cancel')}
        onConfirm={() => remove.mutate()}
      >
        <Button danger>{t('common.delete')}</Button>
      </Popconfirm>
    </Space>
  )
}

/** Saves a bundle or a gift, tells what is wrong, and has the list read again. */
export function useSaveSet(kind: 'bundles' | 'gifts', onClose: () => void) {
  const client = useQueryClient()
  const fail = useProblemToast()
  return useMutation({
    mutationFn: (body: object) => write('PUT', `${SELLABLE}/${kind}`, body),
    onError: fail,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['sellable-sets', kind] })
      onClose()
    },
  })
}
