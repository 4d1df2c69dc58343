import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Drawer, Modal, Skeleton, Space, Table } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import type { LookBackCause, LookBackOrder, LookBackRun } from '#/api/reship-types.ts'
import type { Page } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

const ACTIVE: readonly string[] = ['reading', 'weighing', 'applying']

/** One run: its causes, the orders that would change, and what applying would newly do. */
export function RunDrawer({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t, count, word } = useWording()
  const toast = useProblemToast()
  const client = useQueryClient()
  const [chosen, setChosen] = useState<readonly string[]>([])
  const { data, error, refetch } = useQuery({
    queryKey: ['look-back', id],
    queryFn: () => get<{ run: LookBackRun; causes: readonly LookBackCause[] }>(`/api/look-back/${id}`),
    refetchInterval: (query) => (ACTIVE.includes(query.state.data?.run.state ?? '') ? 1_000 : false),
  })
  const state = data?.run.state
  const orders = useQuery({
    queryKey: ['look-back', id, 'orders', state],
    queryFn: () => get<Page<LookBackOrder>>(`/api/look-back/${id}/orders`, { limit: 200 }),
    enabled: state !== undefined && state !== 'reading',
  })
  const change = useMutation({
    mutationFn: ({ path, body }: { path: string; body: object | undefined }) =>
      write<LookBackRun>('POST', `/api/look-back/${id}/${path}`, body),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['look-back', id] }),
    onError: toast,
  })
  const items = orders.data?.items ?? []
  const apply = (ids: readonly string[] | null): void => {
    const rows = items.filter((row) => ids?.includes(row.orderId))
    const effects =
      ids === null
        ? (data?.run.effects ?? { reports: 0, reships: 0 })
        : {
            reports: rows.reduce((sum, row) => sum + row.reports.length, 0),
            reships: rows.filter((row) => row.reshipProof.before === null && row.reshipProof.after !== null)
              .length,
          }
    Modal.confirm({
      title: t('lookBack.applyAsk', effects),
      onOk: () =>
        change.mutate({ path: 'apply', body: { ...(ids === null ? {} : { orders: ids }), accept: effects } }),
    })
  }
  return (
    <Drawer open size={960} title={data?.run.reason ?? t('lookBack.title')} onClose={onClose}>
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data ? (
        <Skeleton active />
      ) : (
        <>
          <Facts
            items={[
              [
                t('lookBack.state'),
                <Tag key="s" tone="neutral">
                  {t(`lookBack.s.${data.run.state}`)}
                </Tag>,
              ],
              [t('lookBack.progress'), `${count(data.run.messages)} / ${count(data.run.total)}`],
              [t('lookBack.changed'), count(data.run.changedMessages)],
              [t('lookBack.orders'), count(data.run.orders)],
              [t('lookBack.effects'), t('lookBack.effectsText', data.run.effects)],
            ]}
          />
          <Space wrap>
            {data.run.state === 'ready' ? (
              <>
                <Button type="primary" loading={change.isPending} onClick={() => apply(null)}>
                  {t('lookBack.apply')}
                </Button>
                <Button disabled={chosen.length === 0} onClick={() => apply(chosen)}>
                  {t('lookBack.applyChosen', { n: chosen.length })}
                </Button>
              </>
            ) : null}
            {ACTIVE.includes(data.run.state) ? (
              <Button danger onClick={() => change.mutate({ path: 'cancel', body: undefined })}>
                {t('lookBack.cancel')}
              </Button>
            ) : null}
            <Button href={`/api/look-back/${id}/export?format=xlsx`}>{t('lookBack.xlsx')}</Button>
            <Button href={`/api/look-back/${id}/export?format=csv`}>{t('lookBack.csv')}</Button>
          </Space>
          <Section title={t('lookBack.causes')}>
            <Table<LookBackCause>
              size="small"
              pagination={false}
              rowKey={(row) => `${row.connection} ${row.cause}`}
              dataSource={[...data.causes]}
              columns={[
                { title: t('lookBack.cause'), dataIndex: 'cause' },
                { title: t('lookBack.count'), align: 'right', render: (_, row) => count(row.differences) },
                { title: t('lookBack.sample'), dataIndex: 'sample' },
              ]}
            />
          </Section>
          <Section title={t('lookBack.orders')}>
            <Table<LookBackOrder>
              size="small"
              pagination={{ pageSize: 20, hideOnSinglePage: true }}
              loading={orders.isLoading}
              rowKey="orderId"
              dataSource={[...items]}
              rowSelection={{ selectedRowKeys: [...chosen], onChange: (keys) => setChosen(keys.map(String)) }}
              columns={[
                { title: t('lookBack.order'), dataIndex: 'orderNo' },
                {
                  title: t('lookBack.status'),
                  render: (_, row) =>
                    `${word('status', row.statusBefore)} → ${word('status', row.statusAfter)}`,
                },
                {
                  title: t('lookBack.delivered'),
                  render: (_, { times: { deliveredAt: at } }) =>
                    at === undefined ? null : (
                      <>
                        <TimeText at={at.before} /> → <TimeText at={at.after} />
                      </>
                    ),
                },
                {
                  title: t('lookBack.proof'),
                  render: (_, { reshipProof: { before, after } }) =>
                    before === after
                      ? null
                      : `${before === null ? t('lookBack.none') : t(`reshipments.proof.${before}` as never)} → ${after === null ? t('lookBack.none') : t(`reshipments.proof.${after}` as never)}`,
                },
              ]}
            />
          </Section>
        </>
      )}
    </Drawer>
  )
}
