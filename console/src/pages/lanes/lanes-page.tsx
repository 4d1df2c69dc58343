import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function LanesPage() {
  const { t } = useWording()
  return (
    <div className="hf-page">
      <PageHeader title={t('lanes.title')} lead={t('lanes.lead')} />
    </div>
  )
}
