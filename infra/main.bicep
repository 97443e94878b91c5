// Everything that Iteration Branches needs in one resource group, without a key or a secret: those are put into the
// settings vault by hand, once, and the app is told only where they are.

@description('Part of every name: 3 to 11 lower-case letters and digits.')
@minLength(3)
@maxLength(11)
param baseName string

@description('The region; it must offer Flex Consumption.')
param location string = resourceGroup().location

@description('Tags of every resource.')
param tags object = {}

@description('Memory of an instance, in MB; the Functions host and the app share it.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 512

@description('How many instances a function may have at most.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances that always wait for service hooks. With 0 the first hook after a pause waits for a cold start.')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int = 0

@description('Functions that are off. What is switched off by hand is on again after the next deployment; this is not.')
@allowed(['PollIterations', 'ProvisionBranch', 'ReceiveServiceHook'])
param disabledFunctions array = []

@description('The tracks, by name: the settings of each without their prefix, as { orders: { Project: \'Shop\', Database: \'orders\', Retire: \'Keep\' } }.')
param tracks object

@description('The same settings, under every track.')
param trackDefaults object = {}

@description('The organization of Azure DevOps, as in https://dev.azure.com/{organization}.')
param boardsOrganization string

@description('The address of Azure DevOps.')
param boardsBaseUrl string = 'https://dev.azure.com'

@description('Whose "today" decides what is due and current: an IANA name, as Europe/Berlin.')
param boardsTimeZone string = 'UTC'

@description('Whether Azure Boards is asked with the personal access token in the settings vault, not with the managed identity.')
param boardsPersonalAccessToken bool = false

@description('The organization of PlanetScale.')
param planetScaleOrganization string

@description('The address of PlanetScale\'s API, with its version.')
param planetScaleBaseUrl string = 'https://api.planetscale.com/v1'

@description('The id of the service token; the token itself is in the settings vault.')
param planetScaleServiceTokenId string

@description('Who the token is on PlanetScale. Empty: learned from the first branch.')
param planetScaleActorId string = ''

@description('For how many days a secret of the records vault, and the credential in it, is valid at a time: not more than a policy of the company allows.')
@minValue(2)
@maxValue(366)
param maximumValidity int = 90

@description('Plans are logged and nothing is changed.')
param dryRun bool = true

@description('When the timer fires: NCRONTAB with seconds, in UTC. The alerts expect a poll at least every 15 minutes.')
param pollSchedule string = '20 */5 * * * *'

@description('The queue: 3 to 56 lower-case letters, digits and single hyphens.')
@minLength(3)
@maxLength(56)
param queueName string = 'provision-branch'

@description('How long a process that died keeps its track from the others: 15 to 60 seconds.')
param leaseDuration string = '00:01:00'

@description('Whether service hooks are taken; their password is in the settings vault.')
param serviceHooks bool = true

@description('User name of the service hooks.')
param serviceHookUsername string = 'azure-devops'

@description('Whether the password in service-hook-previous-password is accepted too, while it is being changed.')
param serviceHookPreviousPassword bool = false

@description('For how many days the vaults keep what was deleted; it cannot be changed later.')
@minValue(7)
@maxValue(90)
param vaultRetentionDays int = 90

@description('Whether the app\'s rights on the records are a role of its own. With false it is Key Vault Secrets Officer, for a deployment that may not define roles.')
param customRecordsRole bool = true

@description('Who puts the secrets into the settings vault: the object id of a person or group. Empty: nobody by this template.')
param operatorPrincipalId string = ''

@description('What operatorPrincipalId is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorPrincipalType string = 'User'

@description('Names of App Service sites of this resource group that tracks name in RefreshSites: the app becomes Website Contributor of each.')
param refreshSiteNames array = []

@description('Whether telemetry is taken from the identity alone, not from whoever knows the connection string.')
param telemetryByIdentity bool = true

@description('At how many GB a day the workspace takes no more; the alerts are blind from then on. -1: no limit.')
@minValue(-1)
param dailyLogCapGb int = 1

@description('Who is written to by the alerts.')
param alertEmails array = []

@description('Whether the alerts are on. "No poll for an hour" fires until the app is deployed.')
param alertsEnabled bool = true

@description('The address of docs/runbook.md, to which the alerts point.')
param runbookUrl string = 'docs/runbook.md'

@description('Whether the storage account and the vaults are reached through a virtual network alone. Whoever reads an alias must before be in it, in one that is peered with it and has the vaults\' private DNS zone, or in allowedAddresses.')
param privateNetworking bool = false

@description('The virtual network\'s address range, at least a /24.')
param addressPrefix string = '10.80.0.0/24'

@description('With privateNetworking: address ranges that reach the vaults from outside all the same, as that of whoever puts the secrets.')
param allowedAddresses array = []

var suffix = take(uniqueString(resourceGroup().id, baseName), 6)
var appName = 'func-${baseName}-${suffix}'

// Where the secrets are, never what they are; nobody but this app and its operators reads that vault.
var serviceTokenReference = '@Microsoft.KeyVault(SecretUri=${vaults.outputs.settingsVaultUri}secrets/planetscale-service-token)'
var hookPasswordReference = '@Microsoft.KeyVault(SecretUri=${vaults.outputs.settingsVaultUri}secrets/service-hook-password)'
var previousHookPasswordReference = '@Microsoft.KeyVault(SecretUri=${vaults.outputs.settingsVaultUri}secrets/service-hook-previous-password)'
var boardsTokenReference = '@Microsoft.KeyVault(SecretUri=${vaults.outputs.settingsVaultUri}secrets/boards-personal-access-token)'

var commonSettings = {
  PollSchedule: pollSchedule
  ProvisionQueueName: queueName
  Boards__BaseUrl: boardsBaseUrl
  Boards__Organization: boardsOrganization
  Boards__TimeZone: boardsTimeZone
  PlanetScale__BaseUrl: planetScaleBaseUrl
  PlanetScale__Organization: planetScaleOrganization
  PlanetScale__ServiceTokenId: planetScaleServiceTokenId
  PlanetScale__ServiceToken: serviceTokenReference
  KeyVault__Uri: vaults.outputs.recordsVaultUri
  KeyVault__MaximumValidity: string(maximumValidity)
  ResourceManager__BaseUrl: environment().resourceManager
  ServiceHook__Username: serviceHookUsername
  DryRun: string(dryRun)
  LeaseDuration: leaseDuration
}
var actorSettings = empty(planetScaleActorId) ? {} : { PlanetScale__ActorId: planetScaleActorId }
var boardsTokenSettings = boardsPersonalAccessToken ? { Boards__PersonalAccessToken: boardsTokenReference } : {}
var hookSettings = serviceHooks ? { ServiceHook__Password: hookPasswordReference } : {}
var previousHookSettings = serviceHooks && serviceHookPreviousPassword ? { ServiceHook__PreviousPassword: previousHookPasswordReference } : {}

// Tracks__orders__Project and so on: the values of app settings are strings.
var trackPairs = flatten(map(items(tracks), track => map(items(track.value), setting => {
  name: 'Tracks__${track.key}__${setting.key}'
  value: string(setting.value)
})))
var trackDefaultPairs = map(items(trackDefaults), setting => {
  name: 'TrackDefaults__${setting.key}'
  value: string(setting.value)
})
var trackSettings = toObject(concat(trackDefaultPairs, trackPairs), pair => pair.name, pair => pair.value)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${baseName}-${suffix}'
  location: location
  tags: tags
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    name: 'st${baseName}${suffix}'
    location: location
    tags: tags
    queueName: queueName
    privateNetworking: privateNetworking
  }
}

module vaults 'modules/vaults.bicep' = {
  name: 'vaults'
  params: {
    settingsVaultName: 'kvs-${baseName}-${suffix}'
    recordsVaultName: 'kvr-${baseName}-${suffix}'
    location: location
    tags: tags
    retentionDays: vaultRetentionDays
    privateNetworking: privateNetworking
    allowedAddresses: allowedAddresses
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    workspaceName: 'log-${baseName}-${suffix}'
    insightsName: 'appi-${baseName}-${suffix}'
    location: location
    tags: tags
    dailyCapGb: dailyLogCapGb
    byIdentity: telemetryByIdentity
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  params: {
    principalId: identity.properties.principalId
    storageName: storage.outputs.name
    queueName: queueName
    settingsVaultName: vaults.outputs.settingsVaultName
    recordsVaultName: vaults.outputs.recordsVaultName
    insightsName: monitoring.outputs.insightsName
    customRecordsRole: customRecordsRole
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
  }
}

module sites 'modules/sites.bicep' = if (!empty(refreshSiteNames)) {
  name: 'sites'
  params: {
    principalId: identity.properties.principalId
    siteNames: refreshSiteNames
  }
}

module network 'modules/network.bicep' = if (privateNetworking) {
  name: 'network'
  params: {
    baseName: baseName
    location: location
    tags: tags
    addressPrefix: addressPrefix
    storageId: storage.outputs.id
    settingsVaultId: vaults.outputs.settingsVaultId
    recordsVaultId: vaults.outputs.recordsVaultId
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  params: {
    name: appName
    planName: 'plan-${baseName}-${suffix}'
    location: location
    tags: tags
    identityId: identity.id
    identityClientId: identity.properties.clientId
    storageName: storage.outputs.name
    packageContainerUrl: storage.outputs.packageContainerUrl
    insightsName: monitoring.outputs.insightsName
    telemetryByIdentity: telemetryByIdentity
    subnetId: privateNetworking ? network!.outputs.appSubnetId : ''
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    disabledFunctions: disabledFunctions
    productSettings: union(commonSettings, actorSettings, boardsTokenSettings, hookSettings, previousHookSettings, trackSettings)
  }
  // The host opens its storage, and the platform the references, as soon as the app is there.
  dependsOn: [roles]
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    location: location
    tags: tags
    workspaceName: monitoring.outputs.workspaceName
    storageName: storage.outputs.name
    queueName: queueName
    appName: app.outputs.name
    runbookUrl: runbookUrl
    emails: alertEmails
    enabled: alertsEnabled
  }
}

@description('Name of the function app.')
output functionAppName string = app.outputs.name

@description('Resource id of the function app.')
output functionAppId string = app.outputs.id

@description('Host name of the function app; not always NAME.azurewebsites.net.')
output hostName string = app.outputs.hostName

@description('Name of the managed identity, under which Azure DevOps lists it.')
output identityName string = identity.name

@description('Object id of the managed identity.')
output identityPrincipalId string = identity.properties.principalId

@description('Client id of the managed identity.')
output identityClientId string = identity.properties.clientId

@description('Name of the storage account.')
output storageAccountName string = storage.outputs.name

@description('Name of the queue.')
output queueName string = queueName

@description('Name of the queue to which the host moves what failed five times.')
output poisonQueueName string = storage.outputs.poisonQueueName

@description('Name of the vault of the app\'s own secrets.')
output settingsVaultName string = vaults.outputs.settingsVaultName

@description('Name of the vault of records and aliases.')
output recordsVaultName string = vaults.outputs.recordsVaultName

@description('Address of the vault of records and aliases.')
output recordsVaultUri string = vaults.outputs.recordsVaultUri

@description('Name of the Log Analytics workspace.')
output workspaceName string = monitoring.outputs.workspaceName

@description('Name of the Application Insights component.')
output insightsName string = monitoring.outputs.insightsName
