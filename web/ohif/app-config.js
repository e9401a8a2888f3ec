// How OHIF is set up here: this exchange as its only source, and on every image whose it is, whence, and how true.

const LOSSY = '01';
const sources = new Map();

/** Who answers for a series, and what is to be said with it; asked once. */
function sourceOf(study, series) {
  if (!sources.has(series)) {
    sources.set(series, fetch(`/portal/source?${new URLSearchParams({ study, series })}`, { credentials: 'same-origin', cache: 'no-store' })
      .then((response) => (response.ok ? response.json() : Promise.reject(response.status))));
  }
  return sources.get(series);
}

/** Text that arrives after the image: what `told` is by `show`, of the series that the attributes name, lossy or not. */
function define(name, show) {
  customElements.define(name, class extends HTMLElement {
    static observedAttributes = ['study', 'series', 'lossy'];

    attributeChangedCallback() {
      const [study, series] = [this.getAttribute('study'), this.getAttribute('series')];
      if (!study || !series) return;
      const fill = (text) => { if (series === this.getAttribute('series')) this.textContent = text; };
      sourceOf(study, series).then((told) => fill(show(told, this.hasAttribute('lossy'))), () => { sources.delete(series); fill('Institution not known'); });
    }
  });
}

define('vitrine-institution', ({ name }) => name);
define('vitrine-notices', ({ notices }) => notices.join(' '));
define('vitrine-use', ({ diagnostic }, isLossy) => (diagnostic && !isLossy ? '' : 'Not for diagnostic use'));

/** Such an element on an image, as the React of OHIF takes it (`react.element`): OHIF gives its own maker to nobody. */
function placed(type, color = '') {
  const made = ({ StudyInstanceUID: study, SeriesInstanceUID: series, LossyImageCompression: lossy }) => (
    { $$typeof: Symbol.for('react.element'), type, key: type, ref: null, props: { study, series, lossy: lossy === LOSSY ? '' : undefined, class: 'overlay-item', style: { color } }, _owner: null });
  return { id: type, contentF: ({ instance }) => (instance ? made(instance) : null) };
}

function line(id, contentF, color) {
  return { id, inheritsFrom: 'ohif.overlayItem', label: '', title: id, color, condition: ({ instance }) => Boolean(instance), contentF };
}

/** Without a graphics processor, drawing by the processor itself is several times faster. */
function drawsInSoftware() {
  const context = document.createElement('canvas').getContext('webgl2');
  if (!context) return true;
  const told = context.getExtension('WEBGL_debug_renderer_info');
  return /swiftshader|llvmpipe|software/i.test(told ? context.getParameter(told.UNMASKED_RENDERER_WEBGL) : '');
}

window.config = {
  name: 'vitrine',
  routerBasename: '/ohif/',
  extensions: [],
  modes: [],
  showStudyList: false,
  maxNumberOfWebWorkers: 3,
  showWarningMessageForCrossOrigin: false,
  showCPUFallbackMessage: false,
  showLoadingIndicator: true,
  strictZSpacingForVolumeViewport: true,
  useCPURendering: drawsInSoftware(),
  maxNumRequests: { interaction: 20, thumbnail: 4, prefetch: 6 },
  showErrorDetails: 'production',
  investigationalUseDialog: { option: 'never' },
  customizationService: [
    {
      'viewportOverlay.topRight': {
        $set: [
          placed('vitrine-institution'),
          line('Patient', ({ instance, formatters: { formatPN } }) =>
            [formatPN(instance.PatientName), instance.PatientID, instance.PatientBirthDate && `born ${instance.PatientBirthDate}`].filter(Boolean).join('  ')),
          line('Compression', ({ instance }) => (instance.LossyImageCompression === LOSSY ? 'Lossy compressed' : ''), '#ffcc00'),
          placed('vitrine-use', '#ffcc00'),
          placed('vitrine-notices', '#ffcc00'),
        ],
      },
      'ohif.tours': { $set: [] },
    },
  ],
  defaultDataSourceName: 'vitrine',
  dataSources: [
    {
      namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
      sourceName: 'vitrine',
      configuration: {
        friendlyName: 'Vitrine',
        name: 'vitrine',
        qidoRoot: '/dicomweb',
        wadoRoot: '/dicomweb',
        qidoSupportsIncludeField: true,
        imageRendering: 'wadors',
        thumbnailRendering: 'thumbnail',
        thumbnailRequestStrategy: 'fetch',
        enableStudyLazyLoad: true,
        supportsFuzzyMatching: false,
        supportsWildcard: true,
        dicomUploadEnabled: false,
        omitQuotationForMultipartRequest: true,
        singlepart: 'video',
        bulkDataURI: { enabled: true, relativeResolution: 'studies' },
      },
    },
  ],
  httpErrorHandler: ({ status }) => {
    if (status !== 401) return;
    const place = `${location.pathname}${location.search}`;
    location.assign(`/portal?${new URLSearchParams({ return: place })}`);
  },
};
