import { CalendarOutlined, PlusOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Popconfirm, Space, Table } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import { type BusinessCalendar, PROMISES } from '#/api/promise-types.ts'
import { useCan, useSession } from '#/api/session.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { CalendarForm } from './calendar-form.tsx'

const CALENDARS = `${PROMISES}/calendars`

/** Opening hours, holidays and days worked instead, by which clocks count. */
export function CalendarsTab() {
  const wording = useWording()
  const { t } = wording
  const can = useCan()
  const { hub } = useSession()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [edited, setEdited] = useState<BusinessCalendar | 'new' | null>(null)
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['promise-calendars'],
    queryFn: async ({ signal }) => (await get<{ items: BusinessCalendar[] }>(CALENDARS, {}, signal)).items,
  })
  const remove = useMutation({
    mutationFn: (id: string) => write('DELETE', `${CALENDARS}/${id}`),
    onError: fail,
    onSuccess: () => client.invalidateQueries({ queryKey: ['promise-calendars'] }),
  })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  const add = can('promises:write') ? (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited('new')}>
      {t('promises.calendar.add')}
    </Button>
  ) : null
  return (
    <div className="hf-tab-body">
      {data?.length === 0 ? (
        <TeachingEmpty
          icon={<CalendarOutlined />}
          title={t('promises.calendar.empty.title')}
          hint={t('promises.calendar.empty.hint')}
        >
          {add}
        </TeachingEmpty>
      ) : (
        <>
          <div className="hf-section-tools">{add}</div>
          <Table<BusinessCalendar>
            size="small"
            rowKey="id"
            loading={isPending}
            pagination={false}
            dataSource={[...(data ?? [])]}
            columns={[
              { title: t('promises.rule.name'), key: 'name', dataIndex: 'name', width: 200 },
              { title: t('promises.calendar.zone'), key: 'zone', dataIndex: 'zone', width: 160 },
              {
                title: t('promises.calendar.week'),
                key: 'week',
                render: (_, calendar) => weekText(calendar, wording),
              },
              {
                title: t('promises.calendar.exceptions'),
                key: 'exceptions',
                width: 160,
                render: (_, { exceptions }) => t('promises.calendar.count', { n: exceptions.length }),
              },
              {
                title: '',
                key: 'actions',
                width: 150,
                render: (_, calendar) =>
                  can('promises:write') ? (
                    <Space>
                      <Button onClick={() => setEdited(calendar)}>{t('common.edit')}</Button>
                      <Popconfirm
                        title={t('promises.calendar.removeConfirm', { name: calendar.name })}
                        okText={t('common.delete')}
                        cancelText={t('common.cancel')}
                        onConfirm={() => remove.mutate(calendar.id)}
                      >
                        <Button danger>{t('common.delete')}</Button>
                      </Popconfirm>
                    </Space>
                  ) : null,
              },
            ]}
          />
        </>
      )}
      {edited ? (
        <CalendarForm
          calendar={edited === 'new' ? null : edited}
          zone={hub.zone}
          onClose={() => setEdited(null)}
        />
      ) : null}
    </div>
  )
}

/** Neighbouring days with the same hours stand together: 周一–周五 09:00–18:00. */
function weekText({ week }: BusinessCalendar, { t, language }: Wording): string {
  const day = (i: number): string => t(`promises.day.${i}` as 'promises.day.0')
  const text = (i: number): string => {
    const hours = week[i]
    return hours ? `${hours.from}–${hours.to}` : ''
  }
  const stretches: { first: number; last: number; text: string }[] = []
  for (const i of week.keys()) {
    const last = stretches.at(-1)
    if (last && last.text === text(i)) last.last = i
    else stretches.push({ first: i, last: i, text: text(i) })
  }
  return stretches
    .filter((one) => one.text !== '')
    .map(
      ({ first, last, text: hours }) =>
        `${first === last ? day(first) : `${day(first)}–${day(last)}`} ${hours}`,
    )
    .join(language === 'zh' ? '，' : ', ')
}
