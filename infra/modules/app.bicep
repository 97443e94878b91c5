// The function app, on Flex Consumption. What that plan refuses or ignores is not set (FUNCTIONS_WORKER_RUNTIME,
// FUNCTIONS_EXTENSION_VERSION, WEBSITE_…, linuxFxVersion, ftpsState, alwaysOn): functionAppConfig says it.

@description('Name of the function app.')
param name string

@description('Name of its plan; Flex Consumption has one for each app.')
param planName string

@description('The region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Resource id of the app\'s identity.')
param identityId string

@description('Client id of the app\'s identity.')
param identityClientId string

@description('Name of the storage account.')
param storageName string

@description('Address of the container of the package.')
param packageContainerUrl string

@description('Name of the Application Insights component.')
param insightsName string

@description('Whether telemetry is sent as the app\'s identity.')
param telemetryByIdentity bool

@description('Resource id of the app\'s subnet; empty: no virtual network.')
param subnetId string

@description('Memory of an instance, in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int

@description('How many instances a function may have at most.')
param maximumInstanceCount int

@description('Instances that always wait for service hooks.')
param alwaysReadyInstances int

@description('Functions that are off.')
param disabledFunctions array

@description('The product\'s own settings; the values are strings.')
param productSettings object

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

// By identity, and never a setting named AzureWebJobsStorage, which would win over these three. The host needs all of
// them to be woken by the queue as a user-assigned identity; AZURE_CLIENT_ID is how the app itself knows which one it is.
var hostSettings = {
  AzureWebJobsStorage__accountName: storageName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AZURE_CLIENT_ID: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
}
var telemetrySettings = telemetryByIdentity
  ? { APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD' }
  : {}
var offSettings = toObject(disabledFunctions, off => 'AzureWebJobs.${off}.Disabled', off => 'true')
var allSettings = union(hostSettings, telemetrySettings, offSettings, productSettings)

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      // Exactly these: another version is taken by the deployment, and never starts.
      runtime: {
        name: 'dotnet-isolated'
        version: '10.0'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyInstances }]
      }
    }
    // These replace all that are there: what is not in this template is gone after a deployment.
    siteConfig: {
      minTlsVersion: '1.2'
      http20Enabled: true
      appSettings: map(items(allSettings), setting => { name: setting.key, value: setting.value })
    }
  }

  // Packages are deployed with tokens of Microsoft Entra; nobody needs a password for it.
  resource noScmPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource noFtpPassword 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }
}

@description('Name of the function app.')
output name string = app.name

@description('Resource id of the function app.')
output id string = app.id

@description('Host name of the function app.')
output hostName string = app.properties.defaultHostName
