import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, InputNumber, Modal, Select, Skeleton } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { abilitiesQuery, type WarehouseAbility } from '#/api/sourcing-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { useWholeRule } from '#/parts/whole-number.ts'

/** What every warehouse takes, how many parcels a day, and until when. */
export function AbilitiesTab() {
  const { t } = useWording()
  const can = useCan()
  const { data, error, isPending, refetch } = useQuery(abilitiesQuery)
  const [edited, setEdited] = useState<WarehouseAbility | null>(null)
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  const heads = ['takes', 'capacity', 'cutoff', 'lanes'] as const
  return (
    <>
      <p className="hf-faint">{t('sourcing.services.lead')}</p>
      {isPending ? <Skeleton active paragraph={{ rows: 4 }} /> : null}
      <div className="hf-wh-scroll">
        <table className="hf-plain-table hf-wh-table">
          <thead>
            <tr>
              <th scope="col">{t('sourcing.lanes.warehouse')}</th>
              {heads.map((head) => (
                <th
                  key={head}
                  scope="col"
                  className={head === 'capacity' || head === 'lanes' ? 'hf-right' : undefined}
                >
                  {t(`sourcing.services.${head}`)}
                </th>
              ))}
              <th scope="col">{t('warehouses.col.updated')}</th>
              <th scope="col" aria-label={t('sourcing.services.edit')} />
            </tr>
          </thead>
          <tbody>
            {(data ?? []).map((row) => (
              <tr key={row.code} className={row.active ? undefined : 'hf-wh-off'}>
                <td>
                  {row.name} <code>{row.code}</code>
                </td>
                <td>
                  {row.takes.length === 0 ? (
                    <span className="hf-faint">{t('sourcing.services.ordinary')}</span>
                  ) : (
                    <span className="hf-tags">
                      {row.takes.map((tag) => (
                        <Tag key={tag} tone="neutral">
                          {tag}
                        </Tag>
                      ))}
                    </span>
                  )}
                </td>
                <td className="hf-right hf-num">
                  <Load row={row} />
                </td>
                <td className="hf-num">
                  {row.cutoff ?? <span className="hf-faint">{t('sourcing.services.none')}</span>}{' '}
                  {row.zone ? <span className="hf-faint">{row.zone}</span> : null}
                </td>
                <td className="hf-right hf-num">{row.lanes}</td>
                <td className="hf-faint">
                  {row.updatedAt ? (
                    <>
                      <TimeText at={row.updatedAt} /> {row.updatedBy}
                    </>
                  ) : null}
                </td>
                <td className="hf-right hf-wh-actions">
                  {can('stock:write') ? (
                    <Button type="link" size="small" onClick={() => setEdited(row)}>
                      {t('sourcing.services.edit')}
                    </Button>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {edited ? <AbilityDialog row={edited} onClose={() => setEdited(null)} /> : null}
    </>
  )
}

function Load({ row: { load, capacityPerDay } }: { readonly row: WarehouseAbility }) {
  const { t, count } = useWording()
  const full = capacityPerDay !== null && load >= capacityPerDay
  return (
    <span className={full ? 'hf-bad-text' : undefined}>
      <span className="hf-faint">{t('sourcing.services.load')}</span> {count(load)} /{' '}
      {capacityPerDay === null ? t('sourcing.services.unlimited') : count(capacityPerDay)}
    </span>
  )
}

type Values = {
  readonly takes: readonly string[]
  readonly capacityPerDay: number | null
  readonly cutoff: string
  readonly zone: string
}

function AbilityDialog({ row, onClose }: { readonly row: WarehouseAbility; readonly onClose: () => void }) {
  const { t } = useWording()
  const whole = useWholeRule()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [form] = Form.useForm<Values>()
  const save = useMutation({
    mutationFn: ({ takes, capacityPerDay, cutoff, zone }: Values) =>
      write('PUT', `/api/sourcing/warehouses/${encodeURIComponent(row.code)}`, {
        takes,
        capacityPerDay: capacityPerDay ?? null,
        cutoff: cutoff.trim() || null,
        zone: zone.trim() || null,
      }),
    onError: fail,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['sourcing'] })
      void message.success(t('sourcing.services.saved'))
      onClose()
    },
  })
  return (
    <Modal
      open
      title={`${t('sourcing.services.edit')} · ${row.name}`}
      onCancel={onClose}
      onOk={() => form.submit()}
      confirmLoading={save.isPending}
    >
      <Form<Values>
        form={form}
        layout="vertical"
        initialValues={{ ...row, cutoff: row.cutoff ?? '', zone: row.zone ?? '' }}
        onFinish={(values) => save.mutate(values)}
        autoComplete="off"
      >
        <Form.Item name="takes" label={t('sourcing.services.takes')} extra={t('sourcing.services.takesHint')}>
          <Select
            mode="tags"
            tokenSeparators={[',', '，', ' ']}
            options={['frozen', 'hazmat', 'fragile', 'oversize'].map((value) => ({ value }))}
          />
        </Form.Item>
        <Form.Item
          name="capacityPerDay"
          label={t('sourcing.services.capacity')}
          rules={[whole(1, 10_000_000)]}
        >
          <InputNumber style={{ width: '100%' }} placeholder={t('sourcing.services.unlimited')} />
        </Form.Item>
        <Form.Item
          name="cutoff"
          label={t('sourcing.services.cutoff')}
          extra={t('sourcing.services.cutoffHint')}
        >
          <Input maxLength={5} placeholder="17:30" />
        </Form.Item>
        <Form.Item name="zone" label={t('sourcing.services.zone')} extra={t('sourcing.services.zoneHint')}>
          <Input maxLength={60} placeholder="Asia/Shanghai" />
        </Form.Item>
      </Form>
    </Modal>
  )
}
