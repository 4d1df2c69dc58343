import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function CallbacksPage() {
  const { t } = useWording()
  return (
    <div className="hf-page">
      <PageHeader title={t('callbacks.title')} lead={t('callbacks.lead')} />
    </div>
  )
}
