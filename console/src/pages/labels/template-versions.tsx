import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Popconfirm } from 'antd'
import { get, write } from '#/api/client.ts'
import type { TemplateBody, TemplateVersion } from '#/api/label-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'

/** What a template was before: any of it can be loaded, looked at, and saved as the newest. */
export function TemplateVersions({
  id,
  version,
  onLoad,
  onRemoved,
}: {
  readonly id: string
  readonly version: number
  readonly onLoad: (body: TemplateBody) => void
  readonly onRemoved: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const client = useQueryClient()
  const versions =
    useQuery({
      queryKey: ['label-template-versions', id, version],
      queryFn: ({ signal }) =>
        get<{ items: TemplateVersion[] }>(`/api/labels/templates/${id}/versions`, {}, signal),
    }).data?.items ?? []
  const remove = useMutation({
    mutationFn: () => write('DELETE', `/api/labels/templates/${id}`),
    onError: fail,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['label-templates'] })
      void message.success(t('labels.templateRemoved'))
      onRemoved()
    },
  })
  return (
    <Section
      title={t('labels.versions')}
      extra={
        <Popconfirm
          title={t('labels.removeTemplateHint')}
          okText={t('labels.removeTemplate')}
          cancelText={t('common.cancel')}
          onConfirm={() => remove.mutate()}
        >
          <Button size="small" loading={remove.isPending}>
            {t('labels.removeTemplate')}
          </Button>
        </Popconfirm>
      }
    >
      {versions.length > 1 ? <p className="hf-faint">{t('labels.restoreHint')}</p> : null}
      <ul className="hf-label-failed">
        {versions.map((one) => (
          <li key={one.version} className="hf-label-version">
            <span>
              {t('labels.versionNo', { n: one.version })} <TimeText at={one.savedAt} />{' '}
              <span className="hf-faint">
                {one.savedBy}
                {one.note === '' ? '' : ` · ${one.note}`}
              </span>
            </span>
            {one.version === version ? (
              <span className="hf-faint">{t('labels.versionNow')}</span>
            ) : (
              <Button size="small" onClick={() => onLoad(one.body)}>
                {t('labels.restore')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}
