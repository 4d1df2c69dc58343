import { InboxOutlined, LoadingOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Table, Upload } from 'antd'
import { type ReactNode, useState } from 'react'
import { get, upload } from '#/api/client.ts'
import type { CheckedFont, FontCheck } from '#/api/label-types.ts'
import { useCan } from '#/api/session.ts'
import type { Page } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { FONT_TONE } from './use-labels.ts'

/** Template check: is every font of a PDF embedded, and if not, what to use instead. */
export function FontsTab({ tabs }: { readonly tabs: ReactNode }) {
  const { t } = useWording()
  const can = useCan()
  const client = useQueryClient()
  const [wrong, setWrong] = useState(false)
  const checks = useQuery({
    queryKey: ['font-checks'],
    queryFn: ({ signal }) => get<Page<FontCheck>>('/api/labels/font-checks', { limit: 20 }, signal),
  })
  const send = useMutation({
    mutationFn: (file: File) =>
      upload<FontCheck>(`/api/labels/font-checks?name=${encodeURIComponent(file.name)}`, file),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['font-checks'] }),
  })
  return (
    <div className="hf-list">
      {tabs}
      <div className="hf-label-fonts">
        {send.error ? <ProblemNotice error={send.error} /> : null}
        {wrong ? <Alert type="warning" showIcon title={t('labels.fonts.notPdf')} /> : null}
        {can('parcels:write') ? (
          <Upload.Dragger
            accept=".pdf"
            showUploadList={false}
            disabled={send.isPending}
            beforeUpload={(file) => {
              const isPdf = /\.pdf$/i.test(file.name)
              setWrong(!isPdf)
              if (isPdf) send.mutate(file)
              return false
            }}
          >
            <p className="hf-upload-icon" aria-hidden="true">
              {send.isPending ? <LoadingOutlined /> : <InboxOutlined />}
            </p>
            <p role="status">
              <b>{t('labels.fonts.drop')}</b>
            </p>
            <p className="hf-faint">{t('labels.fonts.hint')}</p>
          </Upload.Dragger>
        ) : null}
        {(checks.data?.items ?? []).map((check) => (
          <Check key={check.id} check={check} />
        ))}
      </div>
    </div>
  )
}

function Check({ check }: { readonly check: FontCheck }) {
  const { t, language } = useWording()
  return (
    <section className="hf-label-check">
      <header>
        <Tag tone={FONT_TONE[check.verdict] ?? 'neutral'} dot>
          {t(`labels.verdict.${check.verdict}`)}
        </Tag>
        <b>{check.name}</b>
        <span className="hf-faint">
          {t('labels.fonts.pages', { n: check.pages })} · {check.createdBy} ·{' '}
          <TimeText at={check.createdAt} />
        </span>
      </header>
      {check.fonts.length === 0 ? (
        <p className="hf-faint">{t('labels.fonts.none')}</p>
      ) : (
        <Table<CheckedFont>
          size="small"
          pagination={false}
          rowKey={(font) => `${font.name} ${font.type} ${font.state}`}
          dataSource={[...check.fonts]}
          columns={[
            { title: t('labels.font.name'), dataIndex: 'family', width: 220 },
            { title: t('labels.font.type'), dataIndex: 'type', width: 150 },
            {
              title: t('labels.font.state'),
              dataIndex: 'state',
              width: 110,
              render: (state: CheckedFont['state']) => (
                <Tag tone={FONT_TONE[state] ?? 'neutral'} dot>
                  {t(`labels.font.${state}`)}
                </Tag>
              ),
            },
            {
              title: t('labels.font.where'),
              dataIndex: 'where',
              width: 220,
              render: (where: readonly string[]) => (
                <span title={where.join('\n')}>{where.slice(0, 3).join('、')}</span>
              ),
            },
            {
              title: t('labels.font.advice'),
              render: (_, font) => (language === 'zh' ? font.zh : font.en),
            },
          ]}
        />
      )}
    </section>
  )
}
